"""What a server needs to stand again elsewhere: kept sealed to an identity on paper, without a single report."""
