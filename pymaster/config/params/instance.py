"""instance - several mail systems on one machine (postconf(5))."""

from pymaster.config.param import Params, boolean, text


class InstanceParams(Params):
    """Several mail systems on one machine."""

    multi_instance_directories: str = text()
    multi_instance_enable: bool = boolean("no")
    multi_instance_group: str = text()
    multi_instance_name: str = text()
    multi_instance_wrapper: str = text()
    postmulti_control_commands: str = text("reload flush")
    postmulti_start_commands: str = text("start")
    postmulti_stop_commands: str = text("stop abort drain quick-stop")
