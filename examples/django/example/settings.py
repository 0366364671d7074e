"""As small as a project with sessions can be. What is about signupd stands at the end."""

import os
import pathlib
import sys

from django.core.management.utils import get_random_secret_key

BASE_DIR = pathlib.Path(__file__).resolve().parent.parent

# A key for each start will do for trying it out: sessions end with the process.
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or get_random_secret_key()
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
ROOT_URLCONF = "example.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "accounts",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

# In a project of your own, copy signupd.py beside your apps.
sys.path.append(str(BASE_DIR.parent / "python"))

SIGNUPD_STATE_DIR = pathlib.Path(
    os.environ.get("SIGNUPD_STATE_DIR") or pathlib.Path.home() / ".local/state/signupd"
)
SIGNUPD_SOCKET = os.environ.get("SIGNUPD_SOCKET") or str(SIGNUPD_STATE_DIR / "signupd.sock")

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DJANGO_DATABASE") or BASE_DIR / "db.sqlite3",
    },
    # Where signupd keeps members; read here, never written.
    "members": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"file:{SIGNUPD_STATE_DIR / 'signupd.sqlite'}?mode=ro",
        "OPTIONS": {"uri": True},
    },
}
DATABASE_ROUTERS = ["accounts.routers.MemberRouter"]
AUTHENTICATION_BACKENDS = ["accounts.backends.MemberBackend"]
# The format of signupd's hashes, behind Django's own prefix for it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
TEST_RUNNER = "accounts.runner.MembersKeptRunner"
