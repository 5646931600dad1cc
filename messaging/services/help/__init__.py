"""The help pages: Markdown from docs/help, read in the reader's language.

`contents` lists the pages, `find_page` returns one as HTML.
"""
