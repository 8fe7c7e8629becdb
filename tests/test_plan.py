"""What trainings on several devices are expected to take, and the command that says it."""

import json

import keras
import pytest
from command import coronet

from coronet_lib.training import CORRECTED, PAPER, QUICK
from coronet_lib.training.estimate import K80_RATE
from coronet_lib.training.plan import (
    GRADIENT_BYTES,
    NORM_CHANNELS,
    NORMS,
    Cluster,
    last_ends,
    plan,
    step,
)


def test_what_is_sent_is_counted_in_the_network():
    model = PAPER.but(weights=None).build(4)
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(norms) == NORMS
    assert sum(norm.gamma.shape[0] for norm in norms) == NORM_CHANNELS
    assert 4 * sum(keras.ops.size(weight) for weight in model.trainable_variables) == GRADIENT_BYTES
    assert round(GRADIENT_BYTES / 1e6) == 136


class TestRing:
    def test_one_device_sends_nothing(self):
        assert Cluster().all_reduce(GRADIENT_BYTES) == 0

    def test_two_devices_send_each_half_twice(self):
        cluster = Cluster(devices=2, together=2, gigabits=8, latency=0)
        assert cluster.all_reduce(1e9) == pytest.approx(2 * 0.5)

    def test_what_is_sent_stays_below_twice_the_whole_and_latency_does_not(self):
        def ring(devices, **link):
            return Cluster(devices=devices, together=devices, **link).all_reduce(1e9)

        times = [ring(devices, gigabits=8, latency=0) for devices in (2, 4, 64, 1024)]
        assert times == sorted(times)
        assert times[-1] < 2
        assert ring(1024, gigabits=1e12, latency=1e-3) == pytest.approx(2 * 1023 * 1e-3, rel=1e-3)


class TestStep:
    def test_of_one_device_is_the_measured_rate(self):
        assert step(PAPER, Cluster()) == (10 / K80_RATE, 0, 0)

    def test_of_two_computes_half_and_waits_twice(self):
        both = step(PAPER, Cluster(devices=2, together=2))
        assert both.compute == 5 / K80_RATE
        assert both.gradients > both.norms > 0
        assert both.seconds == both.compute + both.gradients + both.norms

    def test_a_slow_message_hurts_batch_normalisation_most(self):
        near, far = (step(PAPER, Cluster(devices=2, together=2, latency=late)) for late in (0, 1e-3))
        assert far.norms - near.norms == pytest.approx(80 * 2e-3)
        assert far.gradients - near.gradients == pytest.approx(2e-3)

    def test_larger_images_take_longer(self):
        ratio = step(CORRECTED, Cluster()).compute / step(PAPER, Cluster()).compute
        assert ratio == pytest.approx(16 / 10 * (224 / 150) ** 2)


@pytest.mark.parametrize(
    ("durations", "workers", "end"),
    [([3, 3, 2, 2, 2], 2, 7), ([1] * 4, 4, 1), ([1] * 5, 4, 2), ([5], 3, 5), ([2, 1], 1, 3)],
)
def test_the_longest_task_first_to_whoever_is_free(durations, workers, end):
    assert last_ends(durations, workers) == end


class TestPlan:
    def test_of_the_papers_four_folds(self):
        alone = plan([PAPER] * 4, Cluster(price=0.5))
        assert alone.hours == pytest.approx(4 * 80 * 94 * 10 / K80_RATE / 3600)
        assert alone.efficiency == pytest.approx(1)
        assert alone.money == alone.hours / 2
        assert alone.memory_gb == pytest.approx(2.2, abs=0.1)
        assert alone.moved_gb == pytest.approx(4 * 1251 * 150**2 / 1e9)

    def test_folds_side_by_side_cost_no_more(self):
        one, four = (plan([PAPER] * 4, Cluster(devices=devices, price=1)) for devices in (1, 4))
        assert four.hours == pytest.approx(one.hours / 4)
        assert four.money == pytest.approx(one.money)

    def test_an_idle_device_is_paid_for(self):
        five = plan([PAPER] * 5, Cluster(devices=4))
        assert five.efficiency == pytest.approx(5 / 8)

    def test_together_the_same_devices_take_longer_and_send_more(self):
        apart, joined = (plan([PAPER] * 10, Cluster(devices=10, together=each)) for each in (1, 10))
        assert joined.hours > 1.5 * apart.hours
        assert joined.moved_gb > 1000 * apart.moved_gb
        assert joined.memory_gb < apart.memory_gb

    @pytest.mark.parametrize(
        ("trainings", "settings", "message"),
        [
            ([PAPER], {"devices": 6, "together": 4}, "6 devices make no groups of 4"),
            ([PAPER], {"devices": 3, "together": 3}, "3 devices cannot share a batch of 10"),
            ([PAPER], {"rate": 0}, "must be positive"),
            ([PAPER], {"price": -1}, "not negative"),
            ([QUICK], {}, "only the full network was measured"),
            ([], {}, "at least one training"),
        ],
    )
    def test_refuses_what_it_cannot_know(self, trainings, settings, message):
        with pytest.raises(ValueError, match=message):
            plan(trainings, Cluster(**settings))


class TestCommand:
    def test_prints_what_the_library_plans(self):
        said = json.loads(coronet("plan", "full:4", "corrected", "--devices=2", "--price=2", "--json").stdout)
        expected = plan([PAPER] * 4 + [CORRECTED], Cluster(devices=2, price=2.0))
        assert {name: said[name] for name in expected._fields} == expected._asdict()
        assert said["trainings"] == 5
        assert set(said["step_seconds"]) == {"paper", "corrected"}

    def test_says_it_in_words_too(self):
        done = coronet("plan", "full:40", "--devices=8", "--price=0.5", "--rate=100")
        expected = plan([PAPER] * 40, Cluster(devices=8, price=0.5, rate=100.0))
        assert f"Done after {expected.hours:.1f} h" in done.stdout
        assert f"which cost {expected.money:.2f} at 0.50 an hour" in done.stdout
        assert "100.0 images a second and device, as you say" in done.stdout
        assert "measured on the paper's Tesla K80" in coronet("plan", "full").stdout

    @pytest.mark.parametrize(
        ("arguments", "code", "message"),
        [
            (["ful"], 2, "there is no profile 'ful'"),
            (["full:0"], 2, "a number from 1"),
            (["full:x"], 2, "a number from 1"),
            (["quick"], 1, "only the full network was measured"),
            (["full", "--devices=3", "--together=2"], 1, "make no groups of 2"),
        ],
    )
    def test_refuses_in_one_line(self, arguments, code, message):
        done = coronet("plan", *arguments)
        assert done.returncode == code
        assert message in " ".join(done.stderr.replace("│", " ").split())
