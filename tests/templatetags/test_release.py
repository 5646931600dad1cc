from django.template import Template
from django.template.context import Context

from didsms_site import __version__


def test_a_page_names_its_version():
    said = Template("{% load release %}{% release %}").render(Context())

    assert said.startswith(f"{__version__}-")
