"""Spiders: glue between Scrapy and the crawl."""
