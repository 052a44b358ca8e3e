from pymaster.server import boot, service, skeleton


def test_what_a_program_needs_is_in_one_place() -> None:
    assert service.run is boot.run
    assert service.Multi is skeleton.Multi
    assert set(service.__all__) >= {"Multi", "Single", "Trigger", "run", "Connection"}
