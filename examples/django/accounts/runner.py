from django.test.runner import DiscoverRunner


class MembersKeptRunner(DiscoverRunner):
    """Makes test databases, but not of the members: those come from the signupd that runs."""

    def setup_databases(self, aliases=None, **options):
        return super().setup_databases(aliases=set(aliases or ["default"]) - {"members"}, **options)
