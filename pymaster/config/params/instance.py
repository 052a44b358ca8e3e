"""instance - several mail systems on one machine (postconf(5))."""

from pymaster.config.param import Params, boolean, text


class InstanceParams(Params):
    """Several mail systems on one machine."""

    multi_instance_directories: str = text(doc="Configuration directories of further instances.")
    multi_instance_enable: bool = boolean("no", doc="Let the instance manager start and stop this instance.")
    multi_instance_group: str = text(doc="The group of instances that this one belongs to.")
    multi_instance_name: str = text(doc="This instance's name; it is also its name in the log.")
    multi_instance_wrapper: str = text(doc="The instance manager that the postfix command hands over to.")
    postmulti_control_commands: str = text(
        "reload flush", doc="Commands of postfix that the instance manager runs for running instances only."
    )
    postmulti_start_commands: str = text("start", doc="Commands of postfix that start an instance.")
    postmulti_stop_commands: str = text("stop abort drain quick-stop", doc="Commands of postfix that stop an instance.")
