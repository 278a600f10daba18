"""The parts that pages are made of; each says by the property ``kind`` or ``role`` how the style sheet draws it."""
