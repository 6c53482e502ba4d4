"""Who works here: people, clinics, and what each may do."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from clinic_inbox.tenancy import ClinicKey, ClinicManager, ClinicModel, OwnMembershipsManager, uuid7

from .audit_rows import AuditEntry as AuditEntry  # a model's home is its app's models
from .audit_rows import AuditLink as AuditLink
from .audit_rows import AuditRoot as AuditRoot
from .opening import Availability, Undo
from .opening import BusinessHours as BusinessHours
from .opening import SpecialDay as SpecialDay


class PeopleManager(BaseUserManager):
    """Django's own contract for making users, with the e-mail address as the name."""

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


class User(AbstractUser):
    """A person who signs in. What they may do is told by their memberships, one per clinic."""

    username = None
    email = models.EmailField(unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = PeopleManager()

    def __str__(self):
        return self.email

    def __repr__(self):
        return f"<User {self.pk}>"


class OpenSession(AbstractBaseSession):
    """One signed-in browser: Django's table of sessions, with whose it is, so that one person's can be found."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        managed = False  # django.contrib.sessions makes the table; our migration adds its column and index
        db_table = "django_session"

    def __repr__(self):
        return "<OpenSession>"  # its key lets one in

    @classmethod
    def get_session_store_class(cls):
        """Who reads and writes the rows."""
        return import_string(f"{settings.SESSION_ENGINE}.SessionStore")


class EmergencyAccess(models.TextChoices):
    EVERYONE = "everyone", _("Everybody who works here")
    ADMINS = "admins", _("Admins and owners only")


LONGEST_IDLE_MINUTES = 60


class Clinic(models.Model):
    """One clinic: the owner of everything below it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=60, default="UTC")
    language = models.CharField(max_length=10, default="en")
    idle_timeout_minutes = models.PositiveSmallIntegerField(default=60)
    emergency_access = models.CharField(  # who may open, for a reason, what they otherwise do not see
        max_length=10,
        choices=EmergencyAccess,
        default=EmergencyAccess.EVERYONE,
        db_default=EmergencyAccess.EVERYONE,
    )
    requires_mfa = models.BooleanField(default=False, db_default=False)  # a second step at every sign-in
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.name

    def __repr__(self):
        return f"<Clinic {self.pk}>"


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    AGENT = "agent", _("Agent")


class Visibility(models.TextChoices):
    """Which conversations an agent sees; admins and owners see all."""

    ALL = "all", _("All conversations")
    TEAM = "team", _("Their teams' and unassigned")
    OWN = "own", _("Only their own")


NO_VALUES = models.Value({}, models.JSONField())


class Team(ClinicModel):
    """A group of members that conversations can be assigned to."""

    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="one_team_per_name")]
        ordering = ["name"]

    def __str__(self):
        return self.name


class Member(Availability, ClinicModel):
    """One person working in one clinic."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=10, choices=Role, default=Role.AGENT)
    visibility = models.CharField(
        max_length=10, choices=Visibility, default=Visibility.ALL, db_default=Visibility.ALL
    )
    teams = models.ManyToManyField(Team, through="TeamMember", related_name="members")
    is_active = models.BooleanField(default=True)
    sound = models.BooleanField(default=True)
    density = models.CharField(max_length=10, default="normal")
    # So long an answer of theirs can be taken back before it leaves.
    undo_seconds = models.PositiveSmallIntegerField(choices=Undo, default=Undo.OFF, db_default=Undo.OFF)
    language = models.CharField(max_length=10, blank=True)  # empty: the clinic's
    shortcuts = models.JSONField(
        default=dict, db_default=NO_VALUES
    )  # command: their own key; see shortcuts.py
    shortcuts_on = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ClinicManager()
    own = OwnMembershipsManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "user"], name="one_member_per_person")]
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def is_admin(self) -> bool:
        """May change the clinic's settings."""
        return self.role in (Role.OWNER, Role.ADMIN)

    @property
    def sees_all(self) -> bool:
        """Sees every conversation that is not marked sensitive."""
        return self.is_admin or self.visibility == Visibility.ALL

    @property
    def may_break_glass(self) -> bool:
        """May open for a reason what they otherwise do not see."""
        return self.is_admin or self.clinic.emergency_access == EmergencyAccess.EVERYONE

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class TeamMember(ClinicModel):
    """One member's place in one team."""

    team = ClinicKey(Team, models.CASCADE)
    member = ClinicKey(Member, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "team", "member"], name="once_in_a_team")]


class Invitation(ClinicModel):
    """A single-use link that makes one e-mail address a member. The token itself is never stored."""

    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role, default=Role.AGENT)
    visibility = models.CharField(
        max_length=10, choices=Visibility, default=Visibility.ALL, db_default=Visibility.ALL
    )
    token_hash = models.CharField(max_length=64)
    invited_by = ClinicKey(Member, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "token_hash"], name="one_invitation_per_token")
        ]

    @property
    def is_open(self) -> bool:
        """Can still be accepted."""
        return not self.accepted_at and not self.withdrawn_at and self.expires_at > timezone.now()


class SignUp(models.Model):
    """Somebody's wish to begin a clinic, until their address is proven. Outside isolation: there is no clinic yet."""

    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True)
    place = models.GenericIPAddressField(null=True)  # where it was asked for, to count by
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="sign_ups_newest")]

    def __repr__(self):
        return f"<SignUp {self.pk}>"


class ApiToken(ClinicModel):
    """A machine's key to one clinic. Shown once; only its SHA-256 is kept."""

    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64)
    hint = models.CharField(max_length=8)
    sees_sensitive = models.BooleanField(default=False, db_default=False)
    created_by = ClinicKey(Member, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "token_hash"], name="one_api_token_per_hash")
        ]

    def __str__(self):
        return self.name
