"""Static files: hashed and compressed once collected, served from their sources until then."""

from django.contrib.staticfiles.storage import staticfiles_storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from didsms_site import __version__


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names hashed files that `collectstatic` made, and plain ones that it has not seen."""

    # Our ES modules import each other by relative names, which must be hashed too. Only ours:
    # others also name modules that an import map would resolve.
    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "messaging/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def stored_name(self, name: str) -> str:
        """Return the hashed name, or the plain one, which WhiteNoise finds at its source."""
        clean_name = self.clean_name(name).split("#")[0].split("?")[0]
        return super().stored_name(name) if self.hash_key(clean_name) in self.hashed_files else name


def release() -> str:
    """Return what tells the pages of this process from those of another version.

    The version and a digest of all static files that were collected.
    """
    return f"{__version__}-{getattr(staticfiles_storage, 'manifest_hash', '')}"
