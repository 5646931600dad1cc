"""Static files: hashed and compressed once collected, served from their sources until then."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names hashed files that `collectstatic` made, and plain ones that it has not seen."""

    # ES modules import each other by relative names; these must be hashed too.
    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        """Return the hashed name, or the plain one, which WhiteNoise finds at its source."""
        clean_name = self.clean_name(name).split("#")[0].split("?")[0]
        return super().stored_name(name) if self.hash_key(clean_name) in self.hashed_files else name
