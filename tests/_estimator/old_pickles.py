"""Pickles that earlier versions wrote, which every later one must load."""

import base64
import zlib

import numpy as np

# A pipeline of a TimestepTransformer with a StandardScaler and of a classifier with a convolution,
# fitted with early stopping on 40 sequences: format 1 of sk_attnseq 0.1.0, with all files in one
# folder yet; scikit-learn 1.9.1, NumPy 2.4.6, TensorFlow 2.21.0, Python 3.11, pickle protocol 4.
FORMAT_1 = zlib.decompress(
    base64.b64decode(
        "eNqFVgl0E8cZlg9ZvvCNcSCQElxiKAjrsnU4EuAGAwJBbNOSPJxltDtiF6925d2VjaEUGttYggnpixVoMCSU90JT6pKD"
        "yzoshVKeyxHaEpcXoKUQCoFAU25eSEs7KxvbkNd23vulmdn//+f7z5m1yW+eTlfEB8oR61kIBE7tYTyQZTiIUhcOzDom"
        "/WR1CVKKEvSIdSUoX2LcUF5IAuBEFy+4oYCKxHoCSBInwga1R4AegSehKDLcMpRfO8BeO8TerzFjuIIxg+cPl1YTFJAA"
        "yqqRAEcBgaohAYvFA3H5tCZGogk3BFzAh1LjC1Gi8DyZ5D3N+D+HGFBKNEJBZHgugJQatUmtCXidKIMjHhkiBhxoBMER"
        "FF5zMp8YsCehLI5wQSB5BSgSDEcE7IkocxhiglbIKOgEH53oo5N8dCpmyOYIEbg9LBYRIeQIVMh53Z5mNUHyAlS7vazE"
        "AEEAzQGUImJTgNCBlHEOjIySmj2wI4ASXUa/r706UIIxJFQEHA7H3H/jEf+xKyRnZWp/yJjp66qRUjafoNNQJiFAEiOX"
        "BC8pdQTodKSSPYbP6gjYFW2VCc5Ae3WJPcGe2EZn+itzlqkXV/QGLtgub/vFuKodu22SEyU3AmxVFp2N+emcx7gZ41+P"
        "f7IjafqWL9Of6d6TMB1zxw2A/4Vf2fT+7vG5X9sO6nIK/3H8PtZOJ9NKr9PrXIfG4DyBnCS7GTZ4IUdCkgU42i4Gp0Hh"
        "sDwihu2PmfFIqGZAqHLw40B+ejlGEuNRwn5oJFwMK+GoyxsZ9VDgIEuIzEooRzbNw/MDK5QMvBKP0gYxBZBK/opzL4BG"
        "OBmKwW6V9wEb8KNMmqEoHNbBo9Jw8AgaAiq+UtXDZjmJAvYcpKIE3sN7pSrFwEBKwHpoMLROgR6epEUsl+4EEknHAdm/"
        "g0bEUxYDIAQgwSpb68oLVbsLVqHCx/YJkaQh5WVxncbDDjgJZTZBZhktERQkQfPQQakky3g4nLQOlM0Cp+wIN89LNFY1"
        "DJ2bWeH1DENHeiW8NbhBpzhQFgbANuMi4z0eLOxD+Y2AZXCFYv8QLgHEHVVlC74ljy0ohyMYHAKC4wmSBtwyaE9HSRLP"
        "VtlGl31+7enKqSi9CQhurA8IEnZuPNxEvw2OgXrA4XCxPJB02gDKxMVH8XF+CdoVSIWr2smLOKQKWoXDmkkMK2lHvB5T"
        "4zpxNX47TTNQ4iKdXGi4zugRuMrsmfZke6rk9FcWcdhgfsDwZkwQk4gJp/0IAggkje0i5c6A6z9PVpZvT2qjC+wJ9Ei6"
        "kM6Vd0b56SJ7Iv0UxjYaY00faibxtCEGgGGWMfTTXqSU+wU1tyt9TSZK6bew5AnM9jhml/5Rc4iDfrw1+GdOSVAoHtTt"
        "jLZ+5LJ+tfSk9dSiLmvC0rWRhe/5oyP9x6J/fEhbzylSY6q15TFfW6Ht0oQ266jeNbZj65pso3NzK5b4r0XKF+Ta7i8w"
        "29rHGWMJD2ujyx22WPSB0qZIWRl9ecvkmDumteVeKY6drf15dFZtku3LotesV3dviHZdUsUinRNj2pMzbD137lgdN+/3"
        "vHH3w8iZGc6eQ1+vtt7725nnG0yRqH3bpp7T537cY1z/gvXVnXNje+obrCV703om12mtaGp31LX/fKTsudsVN5JW2Hzz"
        "W21TVDmhF+/esMx05Pew7+Y83+Lzx/Zmb4idF0btO3J9Saz63pHomr2vRne9ZIl93PdSpIA5FWkpzosVzJ9kK7iSHu1i"
        "TdYTnRXh33dWWCqJX0ZuvSKGnjG7bWWeMrkxfcvL4/rd+K+z10IXx8wwbVJsCPf+irac7PuheWMlsHyY5Akv79sXfNh7"
        "KtQ4mzYVb382vGrmxtCGpq7usheazC1zZoehsNlEH8m2rJ9YF5pUMc+svZkb/NOur0LfN2aE/1nya8t7XQ0h+rt9pquh"
        "UDDPrDMZ+c3d6FC1ZcXW3uBib8R86eCMYMf0scG7YGs5e/ZAMHxih3Gl+Lq56uA1k3NFVaj+mtlU8FrQ+MrN9gP79k80"
        "Kd1F3StOKULfK3cE96z9xJS1K9xt+mK9uTVvT3DD4Xvmd/P7gj9Y+LJl5mfh4LK2bRbN6NWhdxa8H9x+q8K05vQFda03"
        "KzLrDXNo8e/esXhuf2yiwLaKzSeclr3FO8OYLLmXz3XnXz5nnPvp/ApMEcUT43+4MXd1q+HgU/N0RvCNYdzfxxuaDugN"
        "GYrRBqvXbhgfO6AVjswxjPzNBd2O9ov6H9XQunmnzugtxv26RupFwy31De3RhkX6rGO3tOYpB7XH66tLt/50k6E4/KZ+"
        "QlGLwZ2cqnvu+NtaS82fNePdn2rYwOFpxIKjhgdvbdYpWrfrPgDHSrc1+Uu31/imzr+/W9Np3DTNV3JHpzjUodVf3699"
        "PW9n6Rnlz6YdPlA89eJyf2nx3Ra1Y0uvdvYHSzU7Ans1Gxs6p90+v1N3ZtV1zeHUOfqHn2drIy3jy1dv7zRcqGs2LEmc"
        "rGNOXNXMenix9NLl3LEf5c8pm9D9W903Rmj4bF6ftr7Db2x/dmRZQdhnGInpyNsqzVFMXyxuMl7B9P/cOEmueEY/vEs9"
        "UfCVyclxOQlf9/3dVr7vWB43UtIrNEKirqTKdvnuX2TteLKfNF7caIIob1jjFuW3iRhn/EM/jCrb+f4JRIVO3E6JJ7mJ"
        "QQ6Uhns7JOtFrxtNLyedpaUGJ6kvg7BcX27QGw2AMrkA1JFlwECWAx3QA1IDjZTGZKKoUg1lKjfqyqDTpdcBqCWRipDf"
        "VkCyJ6B8Yugl8Oj5hpSlao26tP8psQ6i7MHnGH6gebz40khxQzcvNDvosf5+LvV/AMX4M+g="
    )
)

# What it predicted there, of `np.linspace(-1, 1, 30).reshape(3, 5, 2)`.
PROBABILITIES_1 = np.array(
    [
        [0.4768942394247762, 0.5231057605752238],
        [0.4846640028882085, 0.5153359971117916],
        [0.49369981090562887, 0.5063001890943711],
    ]
)
