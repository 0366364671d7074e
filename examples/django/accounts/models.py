from django.db import models


class Member(models.Model):
    """A row that signupd made; it makes the table too."""

    email = models.CharField(max_length=254, unique=True)  # In lower case.
    nickname = models.CharField(max_length=128)
    password_hash = models.CharField(max_length=255)
    is_active = models.BooleanField()

    class Meta:
        managed = False
        db_table = "members"
