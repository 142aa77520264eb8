"""What suites are made of: cases in source, profiles, PICS, texts, numbers; and the catalogue over all of them."""
