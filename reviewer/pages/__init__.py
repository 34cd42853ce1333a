"""The desk's pages: one app for a browser on this machine, without scripts. What they do, commands do too."""
