"""rewriting - address rewriting (postconf(5))."""

from pymaster.config.param import Params, boolean, integer, text


class RewritingParams(Params):
    """Address rewriting."""

    allow_percent_hack: bool = boolean("yes", doc="Treat user%domain as user@domain.")
    allow_untrusted_routing: bool = boolean(
        "no", doc="Relay user@elsewhere@domain for untrusted clients; off, such addresses are refused."
    )
    always_add_missing_headers: bool = boolean(
        "no", doc="Add From, To, Date and Message-ID also to mail from remote clients."
    )
    always_bcc: str = text(doc="An address that gets a copy of all mail.")
    append_at_myorigin: bool = boolean("yes", doc="Add @$myorigin to addresses without a domain.")
    append_dot_mydomain: bool = boolean(
        "${{$compatibility_level} <level {1} ? {yes} : {no}}", doc="Add .$mydomain to domains without a dot."
    )
    canonical_classes: str = text(
        "envelope_sender, envelope_recipient, header_sender, header_recipient",
        doc="Where canonical_maps applies: envelope_sender, envelope_recipient, header_sender, header_recipient.",
    )
    canonical_maps: str = text(doc="Tables that rewrite addresses in envelope and headers (canonical(5)).")
    empty_address_default_transport_maps_lookup_key: str = text(
        "<>", doc="What sender_dependent_default_transport_maps is asked for the null sender."
    )
    empty_address_local_login_sender_maps_lookup_key: str = text(
        "<>", doc="What local_login_sender_maps is asked for the null sender."
    )
    empty_address_recipient: str = text("MAILER-DAEMON", min=1, doc="Who gets mail for the null address.")
    empty_address_relayhost_maps_lookup_key: str = text(
        "<>", doc="What sender_dependent_relayhost_maps is asked for the null sender."
    )
    enable_idna2003_compatibility: bool = boolean("no", doc="Convert domain names by the older rules of IDNA2003.")
    local_header_rewrite_clients: str = text(
        "permit_inet_interfaces", doc="Clients whose headers are rewritten and completed as local ones are."
    )
    masquerade_classes: str = text(
        "envelope_sender, header_sender, header_recipient", doc="Where masquerading applies."
    )
    masquerade_domains: str = text(doc="Domains whose subdomains are stripped off.")
    masquerade_exceptions: str = text(doc="User names that are not masqueraded.")
    owner_request_special: bool = boolean("yes", doc="Do not split owner-list and list-request at a delimiter of `-`.")
    propagate_unmatched_extensions: str = text(
        "canonical, virtual", doc="Tables whose result gets the extension of an address that matched without it."
    )
    recipient_bcc_maps: str = text(doc="Who gets a copy of mail, by recipient.")
    recipient_canonical_classes: str = text(
        "envelope_recipient, header_recipient", doc="Where recipient_canonical_maps applies."
    )
    recipient_canonical_maps: str = text(doc="Tables that rewrite recipient addresses.")
    recipient_delimiter: str = text(doc="Characters of which the first in an address separates user and extension.")
    relocated_maps: str = text(doc="Tables of recipients who have moved; their mail is refused with the new address.")
    remote_header_rewrite_domain: str = text(
        doc="A domain for incomplete addresses in headers of remote mail; empty leaves headers alone."
    )
    resolve_dequoted_address: bool = boolean(
        "yes", doc="Look for @, % and ! also inside a quoted local part; off, relaying may be tricked."
    )
    resolve_null_domain: bool = boolean("no", doc="Take user@ for a local user.")
    resolve_numeric_domain: bool = boolean("no", doc="Take user@1.2.3.4 for user@[1.2.3.4].")
    rewrite_service_name: str = text("rewrite", min=1, effect=False)
    sender_bcc_maps: str = text(doc="Who gets a copy of mail, by sender.")
    sender_canonical_classes: str = text("envelope_sender, header_sender", doc="Where sender_canonical_maps applies.")
    sender_canonical_maps: str = text(doc="Tables that rewrite sender addresses.")
    swap_bangpath: bool = boolean("yes", doc="Treat site!user as user@site.")
    virtual_alias_address_length_limit: int = integer(
        "1000", min=1, doc="How long an address may grow in virtual alias expansion."
    )
    virtual_alias_domains: str = text("$virtual_alias_maps", doc="Domains of which every address is a virtual alias.")
    virtual_alias_expansion_limit: int = integer("1000", min=1, doc="How many recipients one may become.")
    virtual_alias_maps: str = text("$virtual_maps", doc="Tables that replace recipients, of any domain (virtual(5)).")
    virtual_alias_recursion_limit: int = integer("1000", min=1, doc="How deep virtual aliases may nest.")
    virtual_maps: str = text(doc="The older name of virtual_alias_maps.")
