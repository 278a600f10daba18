"""The window: Qt Widgets over the services (DESIGN.md, section 11). PySide6 lives here and nowhere else."""
