"""Exports scikit-learn's handwritten digits as digits.csv.gz beside the script.

    python3 -m venv venv
    venv/bin/pip install scikit-learn
    venv/bin/python make_digits.py

1797 images of 8 x 8 pixels from 0 to 16, a line each, with the digit as its last number: the test part of
"Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak (1998), UCI Machine Learning
Repository, https://doi.org/10.24432/C50P49, under CC BY 4.0; as scikit-learn bundles it, under the
3-clause BSD licence.
"""

import gzip
from pathlib import Path

from sklearn.datasets import load_digits


def main():
    digits = load_digits()
    lines = [
        ",".join(str(int(x)) for x in [*image, label])
        for image, label in zip(digits.data, digits.target)
    ]
    path = Path(__file__).with_name("digits.csv.gz")
    # Without a time in the header, so that the same numbers are the same bytes.
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0))
    print(f"{path.name}: {len(lines)} images, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
