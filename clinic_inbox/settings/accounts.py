"""How people sign in: passwords, second factors, and what allauth is told about them."""

AUTH_USER_MODEL = "clinics.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "inbox:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "clinics.accounts.AccountAdapter"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this browser stays signed in; every other session ends
ACCOUNT_SESSION_REMEMBER = True  # how long is ours to say, see clinics/middleware.py
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "",  # clinics/throttling.py counts tries of a password
    "login_failed": "5/5m/key,30/d/key",  # tries of a code, by who has the password already
    "reset_password": "20/m/ip,3/15m/key",
}
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "clinics.second_factor.MFAAdapter"
MFA_FORMS = {
    "activate_totp": "clinics.code_forms.ActivateApp",
    "authenticate": "clinics.code_forms.AuthenticateWithCode",
    "reauthenticate": "clinics.code_forms.ReauthenticateWithCode",
    "add_webauthn": "clinics.passkey_forms.AddPasskey",
    "authenticate_webauthn": "clinics.passkey_forms.AuthenticateWithPasskey",
    "login_webauthn": "clinics.passkey_forms.SignInWithPasskey",
    "reauthenticate_webauthn": "clinics.passkey_forms.ReauthenticateWithPasskey",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # phones whose clock is half a minute off
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address is proven by its invitation, see docs/decisions.md
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # nothing to guess; a clinic shares one address
