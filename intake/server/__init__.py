"""What stands between tor and a WSGI app: our gunicorn worker, its limits, quiet logs, a hardened process."""
