"""One module per command of `longtail`. Heavy imports live inside the functions: `longtail --help` stays instant."""
