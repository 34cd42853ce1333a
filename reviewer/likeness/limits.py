"""Sizes and counts of what is compared, each with its reason."""

from keys.sealing.limits import MIB

BINS = 64
"""Least hashes of a signature, as measured: enough for one word in ten changed."""

BAND_BINS = 3
"""Of which so many make one piece: three alike by chance are rare below a quarter of runs in common."""

BANDS = BINS // BAND_BINS
"""21 pieces, each with an entry in the index."""

RUN_WORDS = 3
"""Words of one run: a changed word breaks three runs."""

RUN_LETTERS = 5
"""Letters of one run where no spaces stand between words."""

WORDS_LEAST = 5
"""Words, or pieces of letters: shorter texts ("thank you") are alike without meaning anything."""

LONG_WORD = 40
"""Letters: what is longer is no word of any language that has spaces, and is cut into letters."""

RUNS_MOST = 20_000
"""Runs of one text that count. The longest message of plain words has fewer; 100,000 letters in one have more."""

ALIKE_LEAST = 0.25
"""Share of runs in common from which two texts are called alike: one word in five changed still is, strangers' texts
are below a hundredth."""

SHARED_BAND_MOST = 300
"""Texts that are looked at behind one piece of a signature, the newest first: a campaign of thousands is cut here."""

COMPARED_MOST = 200
"""Texts that are compared run by run with one text, those with most pieces in common first."""

COMPARED_CHARACTERS = 1_000_000
"""Of all these together: one second. Long texts that were made alike cannot hold up the desk."""

TEXTS_A_CASE = 50
"""Texts of one case that are compared with others, the first ones: who sends thousands into one case gets no more."""

HINTED_TEXTS = 5
"""Of a case that a list shows: a list answers at once, and `like` looks at more."""

HINTED_FILES = 20
"""As above."""

HINTED_LOOKS = 20
"""Entries behind one piece of a signature at which a list looks."""

PICTURES_A_CASE = 20
"""Files of one case that are compared as pictures with all others: 20 times 100,000 take a second or two."""

SHOWN_MOST = 50
"""Cases that one kind of likeness names: a page."""

PICTURE_BITS = 64
"""Bits of a picture's hash."""

PICTURE_DISTANCE = 10
"""Bits in which pictures may differ and are called alike: smaller, brighter or saved again differs in 0 to 5, different
pictures in 20 at least (measured)."""

PICTURE_SPREAD = 12
"""Of 255: a picture whose lightest and darkest part differ by less shows too little to be compared."""

PICTURE_PIXELS = 50_000_000
"""A picture that says it is larger is not opened: 50 megapixels are more than phones take."""

PICTURE_MEMORY = 768 * MIB
"""Address space: three times the pixels above, in colour, and Pillow."""

PICTURE_SECONDS = 30
"""For one picture: a hundred times what a large photo needs."""

PICTURE_BYTES_MOST = 100 * MIB
"""A larger file is no photo, and is not opened."""

MERGED_AT_ONCE = 1_000
"""Cases that one command merges: a campaign; more is typed twice."""
