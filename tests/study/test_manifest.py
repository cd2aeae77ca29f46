from support.runs import HEAD, POWDER, TAIL, inside

SHUT = "plant: {shutdowns: [{start: 200 d, duration: 30 d}]}\n"


def warned(folder, text):
    scenario = folder / "s.yaml"
    scenario.write_text(text, encoding="utf-8")
    done = inside("run", scenario, "--out", folder / "out", "--no-report")
    assert done.exit_code == 0, done.output
    return done.output


def test_a_window_that_misses_the_shutdown_is_a_warning_with_the_factor(tmp_path):
    assert "yearly figures are scaled by open time, so by 0.9178" in warned(tmp_path, HEAD + POWDER + SHUT + TAIL)


def test_a_window_like_the_year_is_no_warning(tmp_path):
    assert "scaled by open time" not in warned(tmp_path, HEAD + POWDER + TAIL)
