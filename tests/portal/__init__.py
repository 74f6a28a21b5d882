"""A replica of a Vietnamese provincial SharePoint portal: a real HTTP server that knows the truth about itself."""
