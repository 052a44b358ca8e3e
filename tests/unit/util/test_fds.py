import os
import socket

from pymaster.util import fds


def test_descriptors_travel(tmp_path: os.PathLike[str]) -> None:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with open(os.path.join(tmp_path, "f"), "wb+") as file, left, right:
        fds.send_fds(left, b"x", [file.fileno()])
        data, got = fds.recv_fds(right, 10)
        assert data == b"x" and len(got) == 1
        assert not os.get_inheritable(got[0])
        fds.write_all(got[0], b"hello")
        os.close(got[0])
        file.seek(0)
        assert file.read() == b"hello"
        left.close()
        assert fds.recv_fds(right, 10) == (b"", [])


def test_cloexec_can_be_cleared(tmp_path: os.PathLike[str]) -> None:
    with open(os.path.join(tmp_path, "f"), "wb") as file:
        fds.set_cloexec(file.fileno(), False)
        assert os.get_inheritable(file.fileno())
        fds.set_cloexec(file.fileno())
        assert not os.get_inheritable(file.fileno())
    fds.fsync_dir(str(tmp_path))
