"""Django's settings, all taken from the environment; `.env.example` explains every name."""

import warnings
from urllib.parse import urlsplit

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from didsms_site import environment
from didsms_site.db.configuration import database_settings
from didsms_site.logs import logging_settings

BASE_DIR = environment.BASE_DIR
VAR_DIR = environment.load()
environment.make_var_dir(VAR_DIR)

# --- Where and how it runs -------------------------------------------------------------------
DEBUG = environment.flag("DEBUG", default=False)
SECRET_KEY = environment.text("SECRET_KEY")
if not SECRET_KEY and environment.brings_its_key():
    SECRET_KEY = get_random_secret_key()  # The backup may hold the one that is to be.
if not SECRET_KEY and DEBUG:
    SECRET_KEY = get_random_secret_key()  # Sessions end with the process; fine while developing.
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. `make run` makes and keeps one; elsewhere put a long random text "
        "into the environment or `.env`, for example from: python -c "
        "'import secrets; print(secrets.token_urlsafe(50))'"
    )

# Keys of before: what they signed, and the digests of hidden texts, go on being understood.
SECRET_KEY_FALLBACKS = environment.comma_separated("SECRET_KEY_FALLBACKS")

PUBLIC_BASE_URL = environment.address(
    "PUBLIC_BASE_URL", example="https://sms.example.com", may_have_path=False
)
_public = urlsplit(PUBLIC_BASE_URL)
_is_https = _public.scheme == "https"

ALLOWED_HOSTS = environment.comma_separated("ALLOWED_HOSTS", "localhost,127.0.0.1")
if _public.hostname and _public.hostname not in ALLOWED_HOSTS:
    # Without it every push to the registered address would be refused.
    ALLOWED_HOSTS.append(_public.hostname)
CSRF_TRUSTED_ORIGINS = environment.comma_separated(
    "CSRF_TRUSTED_ORIGINS", f"{_public.scheme}://{_public.netloc}" if PUBLIC_BASE_URL else ""
)
TRUSTED_PROXY_COUNT = environment.integer("TRUSTED_PROXY_COUNT", 0)

# --- NXCloud, the webhook, the queue ---------------------------------------------------------
NXCLOUD_BASE_URL = environment.address(
    "NXCLOUD_BASE_URL",
    "https://api2.nxcloud.com",
    example="https://api2.nxcloud.com",
    may_have_path=True,
)
NXCLOUD_ACCESS_KEY = environment.text("NXCLOUD_ACCESS_KEY")
NXCLOUD_ACCESS_SECRET = environment.text("NXCLOUD_ACCESS_SECRET")
NXCLOUD_PREVIOUS_ACCESS_SECRET = environment.text("NXCLOUD_PREVIOUS_ACCESS_SECRET")
NXCLOUD_TIME_ZONE = environment.time_zone("NXCLOUD_TIME_ZONE", "Asia/Shanghai")
NXCLOUD_CONNECT_TIMEOUT = environment.seconds(
    "NXCLOUD_CONNECT_TIMEOUT", 5, maximum=environment.MOST_SECONDS_FOR_REQUEST
)
NXCLOUD_TOTAL_TIMEOUT = environment.seconds(
    "NXCLOUD_TOTAL_TIMEOUT", 30, maximum=environment.MOST_SECONDS_FOR_REQUEST
)

WEBHOOK_TOKEN = environment.text("WEBHOOK_TOKEN")
WEBHOOK_ACCEPT_UNSIGNED = environment.flag("WEBHOOK_ACCEPT_UNSIGNED", default=True)
WEBHOOK_ALLOWED_NETWORKS = environment.networks("WEBHOOK_ALLOWED_NETWORKS")
WEBHOOK_MAX_AGE = environment.integer("WEBHOOK_MAX_AGE", 86400, maximum=environment.TEN_YEARS)

OUTBOX_CONCURRENCY = environment.integer("OUTBOX_CONCURRENCY", 8, minimum=1)
OUTBOX_MAX_AGE = environment.integer(
    "OUTBOX_MAX_AGE", 86400, minimum=1, maximum=environment.TEN_YEARS
)
NO_RECEIPT_AFTER = environment.integer("NO_RECEIPT_AFTER", 21600, maximum=environment.TEN_YEARS)
METRICS_TOKEN = environment.text("METRICS_TOKEN")
CURRENCY = environment.text("CURRENCY")
HEARTBEAT_URL = environment.text("HEARTBEAT_URL")
ROUND_TRIP_FROM = environment.text("ROUND_TRIP_FROM")
ROUND_TRIP_TO = environment.text("ROUND_TRIP_TO")
ROUND_TRIP_HOURS = environment.integer("ROUND_TRIP_HOURS", 6, minimum=1, maximum=168)
FIRST_ANSWER_ASSIGNS = environment.flag("FIRST_ANSWER_ASSIGNS", default=True)

# --- Backups ---------------------------------------------------------------------------------
# "" makes none by itself.
BACKUP_DIR = environment.text("BACKUP_DIR") and environment.folder("BACKUP_DIR", VAR_DIR)
BACKUP_HOUR = environment.integer("BACKUP_HOUR", 3, maximum=23)
BACKUP_KEEP = environment.integer("BACKUP_KEEP", 7, minimum=1)
BACKUP_RECIPIENT = environment.text("BACKUP_RECIPIENT")
BACKUP_PROVE = environment.flag("BACKUP_PROVE", default=True)
BACKUP_MAX_AGE_HOURS = environment.integer("BACKUP_MAX_AGE_HOURS", 36)

# --- Applications ----------------------------------------------------------------------------
INSTALLED_APPS = [
    "didsms_site.admin_config.DidsmsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_htmx",
    # Last: our admin replaces what other apps have registered.
    "messaging",
]

# None of these may touch the database on its own: pushes and /healthz are answered without it.
MIDDLEWARE = [
    "didsms_site.http.request_ids.RequestIdMiddleware",
    "didsms_site.http.slow_pages.SlowPagesMiddleware",
    "didsms_site.http.direct.DirectPathsMiddleware",
    "didsms_site.http.turns.TurnsMiddleware",
    "didsms_site.http.middleware.ContentSecurityPolicyMiddleware",
    "didsms_site.http.browser_headers.BrowserHeadersMiddleware",
    "didsms_site.http.middleware.BodyLimitMiddleware",
    "didsms_site.http.middleware.HttpsApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "messaging.middleware.database_deadline.DatabaseDeadlineMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "messaging.middleware.signed_in.SignedInMiddleware",
    "messaging.middleware.audit_origin.AuditOriginMiddleware",
    "messaging.middleware.rate_limit.RateLimitMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "messaging.middleware.personal_settings.PersonalSettingsMiddleware",
    "messaging.middleware.toasts.ToastMiddleware",
    "messaging.middleware.page_owner.PageOwnerMiddleware",
    "didsms_site.http.middleware.ComeBackMiddleware",
    "didsms_site.http.middleware.ChunkedBodyMiddleware",
    "didsms_site.http.middleware.DatabaseAwayMiddleware",
]

ROOT_URLCONF = "didsms_site.urls"
WSGI_APPLICATION = "didsms_site.wsgi.application"
# What gunicorn.conf.py calls in each web process, beside answering requests.
WEB_PROCESS_STARTED = "messaging.services.operations.web_housekeeping.start_housekeeping"
FIRST_WEB_PROCESS_STARTED = "messaging.services.operations.config_checks.log_flaws"
WEB_PROCESS_ENDS = "messaging.services.operations.web_housekeeping.keep_house"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "messaging.views.shared.preferences.personal",
            ],
        },
    },
]

DATABASES = {"default": database_settings(var_dir=VAR_DIR)}
DATABASE_REQUEST_SECONDS = environment.integer("DATABASE_REQUEST_SECONDS", 15, minimum=1)
SLOW_QUERY_SECONDS = environment.seconds("SLOW_QUERY_SECONDS", 0.5, maximum=3600)
SLOW_PAGE_SECONDS = environment.seconds("SLOW_PAGE_SECONDS", 1, maximum=3600)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Signing in ------------------------------------------------------------------------------
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Of new passwords; those of before go on working.
SHORTEST_PASSWORD = 12
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": SHORTEST_PASSWORD}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
] + [{"NAME": "messaging.services.access.password_words.PasswordWordsValidator"}]
PASSWORD_WORDS = environment.comma_separated("PASSWORD_WORDS")
# How long a session lasts unused, and in all: messaging/services/access/session_limits.py. The
# cookie is there for the longest time; the session's row says when it ends.
SESSION_IDLE_HOURS = environment.integer("SESSION_IDLE_HOURS", 72, minimum=1, maximum=9600)
SESSION_MAX_DAYS = environment.integer("SESSION_MAX_DAYS", 30, minimum=1, maximum=400)
SESSION_COOKIE_AGE = SESSION_MAX_DAYS * 86_400
SESSION_ENGINE = "messaging.services.access.sessions"
# Who must show more than a password: messaging/services/access/second_factor.py.
REQUIRE_SECOND_FACTOR = environment.choice(
    "REQUIRE_SECOND_FACTOR", "administrators", choices=("administrators", "everyone", "nobody")
)
# How often somebody may try: messaging/services/access/sign_in_limits.py.
AUTHENTICATION_BACKENDS = ["messaging.services.access.auth_backend.StaffBackend"]

# Single sign-on by OpenID Connect: messaging/services/single_sign_on/.
OIDC_ISSUER = environment.address(
    "OIDC_ISSUER", example="https://login.example.com/tenant", may_have_path=True
)
OIDC_CLIENT_ID = environment.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = environment.text("OIDC_CLIENT_SECRET")
OIDC_NAME = environment.text("OIDC_NAME")
OIDC_SCOPES = environment.text("OIDC_SCOPES")
OIDC_AUTHORIZE_PARAMS = environment.text("OIDC_AUTHORIZE_PARAMS")
OIDC_GROUP_CLAIM = environment.text_or_default("OIDC_GROUP_CLAIM", "groups")
OIDC_GROUPS = environment.group_roles("OIDC_GROUPS")
OIDC_TRUST_EMAIL = environment.flag("OIDC_TRUST_EMAIL", default=False)
OIDC_REQUIRE_AUTH_TIME = environment.flag("OIDC_REQUIRE_AUTH_TIME", default=True)
OIDC_CREATE_ACCOUNTS = environment.flag("OIDC_CREATE_ACCOUNTS", default=True)
OIDC_SECOND_FACTOR = environment.choice(
    "OIDC_SECOND_FACTOR", "claim", choices=("claim", "always", "never")
)
OIDC_FACTOR_ACR = environment.comma_separated("OIDC_FACTOR_ACR")
OIDC_OUTAGE_HOURS = environment.integer("OIDC_OUTAGE_HOURS", 8, minimum=1)
OIDC_ONLY = environment.flag("OIDC_ONLY", default=False)
OIDC_BREAK_GLASS = environment.comma_separated("OIDC_BREAK_GLASS")
environment.check_single_sign_on(issuer=OIDC_ISSUER, client_id=OIDC_CLIENT_ID, is_only=OIDC_ONLY)

# --- HTTPS: switched by the scheme of PUBLIC_BASE_URL ----------------------------------------
SECURE_SSL_REDIRECT = _is_https
SECURE_REDIRECT_EXEMPT = ["^webhooks/", "^healthz", "^readyz", "^metrics"]
SESSION_COOKIE_SECURE = _is_https
CSRF_COOKIE_SECURE = _is_https
if _is_https:
    # A browser takes such a cookie only over https and from this very host: no other site of the
    # domain can plant one. The browser's scripts know both names.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
_hsts_seconds = environment.integer("HSTS_SECONDS", 31536000, maximum=environment.TEN_YEARS)
SECURE_HSTS_SECONDS = _hsts_seconds if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_https
# "preload" lets anyone enter the domain into browsers' built-in lists, which takes months to undo;
# that is for the owner of the domain to decide, not for a program on it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- REST API --------------------------------------------------------------------------------
# Of one key, on one node; 0 for no limit.
API_REQUESTS_PER_MINUTE = environment.integer("API_REQUESTS_PER_MINUTE", 12_000, maximum=1_000_000)
# A text of 1000 characters takes a few KiB in any spelling, a number with many members as much.
API_MAX_BODY_BYTES = 256 * 1024
# Five hundred texts of 1000 characters each, every one of them as \uXXXX.
API_MAX_BULK_BODY_BYTES = 4 * 1024 * 1024
# Only imports take files. The longest form is a composer's: two drafts, and what was kept of them.
IMPORT_MAX_BYTES = 1_000_000 * environment.integer(
    "IMPORT_MAX_MEGABYTES", 10, minimum=1, maximum=100
)
IMPORT_MAX_ROWS = environment.integer("IMPORT_MAX_ROWS", 100_000, minimum=1, maximum=1_000_000)
UPLOADS_BELOW = "/imports/new/"
FILE_UPLOAD_HANDLERS = ["didsms_site.http.uploads.ImportUploadHandler"]
# Such a file is kept in memory, never in a folder; the rest of the form is a few fields.
FILE_UPLOAD_MAX_MEMORY_SIZE = IMPORT_MAX_BYTES + 64 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
MAX_BODY_BYTES_BELOW = {
    UPLOADS_BELOW: FILE_UPLOAD_MAX_MEMORY_SIZE,
    "/api/": API_MAX_BODY_BYTES,
    "/api/v1/messages/bulk/": API_MAX_BULK_BODY_BYTES,
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "messaging.api.authentication.KeyAuthentication",
        "messaging.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["messaging.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["messaging.api.parsing.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["messaging.api.rendering.EscapingJSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "messaging.api.pagination.ChronologicalPagination",
    "DEFAULT_SCHEMA_CLASS": "messaging.api.scope_schema.ScopedSchema",
    # Only where an answer has several forms: messaging/api/rendering.py.
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "messaging.api.errors.error_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "didsms",
    "DESCRIPTION": "Two-way SMS on your own numbers.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    # What may be sent is stricter than what is shown.
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_PERMISSIONS": ["messaging.api.permissions.HasScope"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "messaging.api.schema.add_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "MessageStatus": "messaging.status_words.STATUS_CHOICES",
        "ConversationStatus": "messaging.models.conversation.Conversation.Status",
        "Direction": "messaging.models.message.Message.Direction",
    },
}

# --- Languages and time ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "messaging" / "locale"]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "messaging.formats"
TIME_ZONE = "UTC"

# --- Static files ----------------------------------------------------------------------------
STATIC_URL = "/static/"
# The help pages and their pictures; `/help/` shows them, `make docs` makes a site of them.
HELP_DIR = BASE_DIR / "docs" / "help"
STATICFILES_DIRS = [("help", HELP_DIR / "pictures")]
STATIC_ROOT = environment.folder("STATIC_ROOT", BASE_DIR / "staticfiles")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "didsms_site.static_files.StaticFilesStorage"},
}
# What was not collected is served from where it is, so that a bare `web` shows styled pages.
WHITENOISE_USE_FINDERS = True
warnings.filterwarnings("ignore", message="No directory at")

# --- E-mail and log --------------------------------------------------------------------------
_mail = environment.mail_server("EMAIL_URL", "consolemail://")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "localhost")
EMAIL_PORT = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _mail.get("EMAIL_FILE_PATH") or None
EMAIL_TIMEOUT = 10
EMAIL_SUBJECT_PREFIX = "[didsms] "
DEFAULT_FROM_EMAIL = environment.text_or_default("DEFAULT_FROM_EMAIL", "didsms@localhost")
SERVER_EMAIL = environment.text_or_default("SERVER_EMAIL", DEFAULT_FROM_EMAIL)
# Django 6 wants plain addresses and deprecates the pairs that Django 5 asks for.
ADMINS = [
    address if django.VERSION >= (6, 0) else (name or address, address)
    for name, address in environment.people("ADMINS")
]
AUDIT_HEAD_MAIL = [address for _name, address in environment.people("AUDIT_HEAD_MAIL")]

LOGGING = logging_settings()
