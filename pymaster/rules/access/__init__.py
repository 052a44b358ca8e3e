"""access - who may do what: the restriction lists of smtpd (postconf(5), SMTPD_ACCESS_README, access(5))."""
