"""Lets the members of signupd log in."""

import unicodedata

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import check_password, make_password

from accounts.models import Member


class MemberBackend(ModelBackend):
    def authenticate(self, request, email=None, password=None):
        if not isinstance(email, str) or not isinstance(password, str):
            return None
        password = unicodedata.normalize("NFC", password)  # What signupd hashed.
        member = Member.objects.filter(email=email.lower(), is_active=True).first()
        if member is None:
            make_password(password)  # Takes as long as the check, so that time does not tell who is a member.
            return None
        if not check_password(password, "argon2" + member.password_hash):
            return None
        # Django's own row, for sessions, permissions and what belongs to a user. It holds no password.
        user, _ = get_user_model().objects.update_or_create(
            username=f"member-{member.id}", defaults={"email": member.email, "first_name": member.nickname}
        )
        return user
