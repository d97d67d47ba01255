# SPDX-License-Identifier: MIT
"""The Python module: the original's examples, its behaviour, and the same scores as PyTorch.

Usage: test_python_module.py PROJECT_DIR PROGRAM SELECTION
A selection is written as for Catch2, [shared]~[opencv], and compared with what a class needs.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile

import numpy as np

import fliqe

project = pathlib.Path(sys.argv.pop(1))
program = sys.argv.pop(1)
selection = sys.argv.pop(1)
images = project / "examples/images"
shared = pathlib.Path(os.environ.get("FLIQE_SHARED_DIR", project.parent / "shared"))
try:
    import cv2
except ImportError:
    cv2 = None
try:
    import PIL.Image
except ImportError:
    PIL = None


def picture(seed=1, shape=(120, 160, 3)):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def instruction_sets():
    """Those of this host."""
    supported = []
    for isa in ("baseline", "avx2", "avx512", "amx", "neon", "dotprod", "i8mm", "bf16"):
        try:
            fliqe.FLIQE(isa=isa)
            supported.append(isa)
        except ValueError as error:
            assert "cannot run" in str(error) or "built without" in str(error)
    return supported


def write_checkpoint(path, keep=lambda name: True):
    """The default weights as torch.save writes them, without torch."""
    file = (project / "weights/fliqe-compact.safetensors").read_bytes()
    size = int.from_bytes(file[:8], "little")
    header = json.loads(file[8:8 + size])

    def text(value):
        return b"X" + len(value).to_bytes(4, "little") + value.encode()

    def integer(value):
        return b"\x8a\x08" + value.to_bytes(8, "little")

    with zipfile.ZipFile(path, "w") as archive:
        items = b""
        for key, (name, tensor) in enumerate(header.items()):
            if name == "__metadata__" or not keep(name):
                continue
            begin, end = (8 + size + offset for offset in tensor["data_offsets"])
            archive.writestr(f"archive/data/{key}", file[begin:end])
            kind = {"F32": b"FloatStorage", "F16": b"HalfStorage", "I64": b"LongStorage"}
            shape, count = tensor["shape"], int(np.prod(tensor["shape"], dtype=int))
            strides = [int(np.prod(shape[i + 1:], dtype=int)) for i in range(len(shape))]
            items += (text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") +
                      b"ctorch\n" + kind[tensor["dtype"]] + b"\n" + text(str(key)) + text("cpu") +
                      integer(count) + b"tQ" + integer(0) +
                      b"(" + b"".join(map(integer, shape)) + b"t" +
                      b"(" + b"".join(map(integer, strides)) + b"t" +
                      b"\x89ccollections\nOrderedDict\n)RtR")
        archive.writestr("archive/data.pkl", b"\x80\x02}(" + items + b"u.")


class OriginalExamples(unittest.TestCase):
    """The examples of the original's README; only the line of the import differs."""

    needs = {"shared"}

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.dir.name)
        os.mkdir("models")
        checkpoint = shared / "models/encoder_with_binary_head.pth"
        if not checkpoint.exists():
            self.skipTest("no shared test material")
        os.symlink(checkpoint, "models/encoder_with_binary_head.pth")

    def test_one_picture(self):
        image = picture()
        from fliqe import FLIQE

        fliqe = FLIQE(
            quality_model_path='models/encoder_with_binary_head.pth'
        )
        quality_score = fliqe.estimate_image_quality(image)
        print("Image quality score:", quality_score)
        self.assertTrue(0 <= quality_score <= 1)

    def test_a_stream(self):
        image = picture()
        from fliqe import OnlineFLIQE

        online_fliqe = OnlineFLIQE(
            quality_model_path='models/encoder_with_binary_head.pth',
            smoothing_window_size=300
        )
        online_fliqe.create_session('testing_video')
        quality_score = online_fliqe.estimate_smoothed_quality(image, session_id='testing_video')
        print("Smoothed image quality score:", quality_score)
        self.assertAlmostEqual(quality_score, online_fliqe.estimate_image_quality(image), 9)


class Golden(unittest.TestCase):
    """Scores of PyTorch's, decoded by OpenCV as the original does it."""

    needs = {"shared", "opencv"}

    def check(self, golden, checkpoint):
        if not (shared / golden).exists():
            self.skipTest("no shared test material")
        if cv2 is None:
            self.skipTest("python3-opencv is not installed")
        model = fliqe.FLIQE(str(shared / "models" / checkpoint))
        entries = json.loads((shared / golden).read_text())
        for entry in entries:
            found = model.estimate_image_quality(cv2.imread(str(shared / "images" / entry["image"])))
            self.assertLess(abs(found - entry["quality"]), 1e-5, entry["image"])
        self.assertGreater(len(entries), 20)

    def test_compact(self):
        self.check("golden/compact2.json", "compact2.pth")

    def test_full_size(self):
        self.check("golden/full.json", "encoder_with_binary_head.pth")


class Program(unittest.TestCase):
    needs = {"pillow"}

    def test_scores_are_the_program_s(self):
        if PIL is None:
            self.skipTest("python3-pil is not installed")
        table = re.findall(r"(\d\.\d{4})  (examples/images/\S+)", (project / "README.md").read_text())
        files = [project / path for _, path in table]
        lines = subprocess.run([program, "score", "-q", "--format", "jsonl", *files], check=True,
                               capture_output=True, text=True).stdout.splitlines()
        pictures = [np.asarray(PIL.Image.open(file).convert("RGB"))[:, :, ::-1] for file in files]
        qualities = fliqe.FLIQE().estimate_image_qualities(pictures)
        for line, quality in zip(lines, qualities, strict=True):
            self.assertAlmostEqual(json.loads(line)["quality"], quality, 7)
        for isa in instruction_sets():
            qualities = fliqe.FLIQE(isa=isa).estimate_image_qualities(pictures)
            self.assertEqual([f"{quality:.4f}" for quality in qualities],
                             [score for score, _ in table], isa)


class Module(unittest.TestCase):
    needs = set()

    @classmethod
    def setUpClass(cls):
        cls.model = fliqe.FLIQE()
        cls.online = fliqe.OnlineFLIQE(smoothing_window=2)

    def test_any_layout_of_rows_is_read(self):
        image = picture(2)
        expected = self.model.estimate_image_quality(image)
        wide = np.zeros((120, 300, 3), np.uint8)
        wide[:, 17:177] = image
        self.assertEqual(self.model.estimate_image_quality(wide[:, 17:177]), expected)
        self.assertEqual(self.model.estimate_image_quality(np.asfortranarray(image)), expected)
        self.assertEqual(self.model.estimate_image_quality(image[::-1][::-1]), expected)
        flipped = self.model.estimate_image_quality(np.ascontiguousarray(image[::-1, ::-1]))
        self.assertEqual(self.model.estimate_image_quality(image[::-1, ::-1]), flipped)
        grey = image[:, :, 0]
        self.assertEqual(self.model.estimate_image_quality(grey),
                         self.model.estimate_image_quality(np.dstack([grey] * 3)))
        with_alpha = np.dstack([image, picture(3)[:, :, 0]])
        self.assertEqual(self.model.estimate_image_quality(with_alpha), expected)

    def test_what_is_no_picture_is_refused(self):
        for wrong in (picture().astype(np.float32), picture().astype(np.uint16),
                      picture(shape=(5,)), picture(shape=(5, 5, 2)), picture(shape=(2, 3, 4, 5))):
            with self.assertRaisesRegex(TypeError, "expected a uint8 array"):
                self.model.estimate_image_quality(wrong)
        with self.assertRaises(ValueError):
            self.model.estimate_image_quality(np.zeros((0, 5, 3), np.uint8))
        with self.assertRaises(TypeError):
            self.model.estimate_image_quality(None)
        with self.assertRaisesRegex(OSError, "/nonexistent.pth"):
            fliqe.FLIQE("/nonexistent.pth")
        with self.assertRaises(ValueError):
            fliqe.OnlineFLIQE(smoothing_window=0)

    def test_checkpoints_score_as_safetensors_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "weights.bin")  # the content decides
            write_checkpoint(path)
            image = picture()
            expected = self.model.estimate_image_quality(image)
            self.assertEqual(fliqe.FLIQE(path).estimate_image_quality(image), expected)
            os.environ["FLIQE_WEIGHTS"] = path
            self.addCleanup(os.environ.pop, "FLIQE_WEIGHTS", None)
            self.assertEqual(fliqe.OnlineFLIQE().estimate_image_quality(image), expected)

            write_checkpoint(path, lambda name: name != "classifier.6.bias")
            with self.assertRaisesRegex(Exception, re.escape(path) + ".*classifier.6.bias"):
                fliqe.FLIQE(path)
            with open(path, "r+b") as file:
                file.truncate(1_000_000)
            with self.assertRaisesRegex(Exception, re.escape(path) + ".*truncated"):
                fliqe.FLIQE(path)

    def test_unknown_settings_are_refused(self):
        with self.assertRaisesRegex(ValueError, "expected auto, f32, bf16 or int8, found 'fp16'"):
            fliqe.FLIQE(precision="fp16")
        with self.assertRaisesRegex(ValueError, "isa: expected baseline, .* found 'mmx'"):
            fliqe.OnlineFLIQE(isa="mmx")
        with self.assertRaisesRegex(RuntimeError, "int8 needs"):
            fliqe.FLIQE(precision="int8")

    def test_a_frame_s_scores_come_together(self):
        online = fliqe.OnlineFLIQE(smoothing_window=2)
        online.create_session("a")
        online.create_session("b")
        first, second = picture(8), picture(9)
        alone = online.assess(second)
        online.assess_frame(first, "a")
        frame = online.assess_frame(second, "a")
        self.assertEqual(frame.assessment.quality, alone.quality)
        self.assertEqual(frame.assessment.logit, alone.logit)
        np.testing.assert_array_equal(frame.assessment.embedding, self.model.embedding(second))
        self.assertEqual(frame.smoothed_quality, online.get_smoothed_quality("a"))
        batch = online.assess_frames([(first, "a"), (second, "b"), (second, "a")])
        self.assertEqual(batch[1].assessment.quality, alone.quality)
        self.assertAlmostEqual(batch[1].smoothed_quality, alone.quality, 9)
        self.assertEqual(batch[2].smoothed_quality, frame.smoothed_quality)
        with self.assertRaisesRegex(ValueError, "'x'"):
            online.assess_frames([(first, "x")])

    def test_sessions_behave_as_the_original_s(self):
        online, first, second = self.online, picture(4), picture(5)
        self.assertEqual(online.get_smoothed_quality("a"), 0)
        self.assertEqual(online.get_raw_quality("a"), 0)
        online.remove_session("a")
        with self.assertRaisesRegex(ValueError, "'a'"):
            online.estimate_smoothed_quality(first, "a")
        online.create_session("a")
        self.assertEqual(online.get_raw_quality("a"), 0)
        one = online.estimate_smoothed_quality(first, "a")
        two = online.estimate_smoothed_quality(second, "a")
        raw = self.model.estimate_image_qualities([first, second])
        self.assertAlmostEqual(one, raw[0], 9)
        self.assertAlmostEqual(two, sum(raw) / 2, 9)
        self.assertEqual(online.get_raw_quality("a"), raw[1])
        self.assertIsInstance(online, fliqe.FLIQE)

    def test_colours_are_the_original_s(self):
        self.assertEqual(self.model.get_color(0.25), (0, 63, 191))
        self.assertEqual(self.model.get_color(7), (0, 255, 0))

    def test_threads_score_at_once(self):
        image = picture(6)
        expected, found = self.model.estimate_image_quality(image), []
        threads = [threading.Thread(target=lambda: found.append(
            self.model.estimate_image_quality(image))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [expected] * 4)

    def test_embedding_has_length_one(self):
        embedding = self.model.embedding(picture(7))
        self.assertEqual(embedding.shape, (128,))
        self.assertAlmostEqual(float(np.linalg.norm(embedding)), 1, 5)


def selected(needs):
    terms = re.findall(r"(~?)\[(\w+)\]", selection)
    return all((need in needs) == (sign == "") for sign, need in terms)


def load_tests(loader, suites, pattern):
    return unittest.TestSuite(
        test for suite in suites for test in suite if selected(test.needs))


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful() or result.testsRun == 0:
        sys.exit(1)
    sys.exit(77 if result.skipped else 0)  # as tests/main.cpp does
