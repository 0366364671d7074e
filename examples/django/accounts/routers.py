class MemberRouter:
    """Members are in signupd's database, all else in Django's."""

    def db_for_read(self, model, **hints):
        return "members" if model._meta.db_table == "members" else "default"

    def db_for_write(self, model, **hints):
        return self.db_for_read(model)

    def allow_relation(self, first, second, **hints):
        return first._meta.db_table != "members" and second._meta.db_table != "members"

    def allow_migrate(self, db, app_label, **hints):
        return db == "default"
