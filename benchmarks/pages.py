"""Put what a script writes into a page of the docs, whose other text stays."""


def put_between(text, start, end, parts):
    """Return the text of a page with these parts in place of what stands between two lines."""
    above, found_start, rest = text.partition(start)
    _, found_end, below = rest.partition(end)
    if not (found_start and found_end):
        raise ValueError(f"the page lacks one of the lines {start} and {end}")
    return f"{above}{start}\n\n" + "\n\n".join(parts) + f"\n\n{end}{below}"
