"""What is measured of mkrefs: functions that take and leave files, run in a process of their own."""
