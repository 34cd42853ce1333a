"""What looks alike among cases (files, texts, pictures), and what reviewers do about it: merging, muting."""
