"""WhatsApp's error codes in plain words: (codes, cause, what to do next, class).

Source: Meta's "Error codes" page for the Cloud API, v26.0. RETRY only where Meta provably did not take the message;
a code that may come after it did is UNCERTAIN.
"""

from django.utils.translation import gettext_lazy as _

from integrations.events import ErrorClass

RETRY, LATER, NEVER = ErrorClass.RETRY, ErrorClass.LATER, ErrorClass.NEVER
REAUTHORISE, UNCERTAIN = ErrorClass.REAUTHORISE, ErrorClass.UNCERTAIN

ASK_ADMIN = _("Ask an administrator to look at the channel's settings.")
WAIT = _("Nothing to do: it is tried again by itself.")
CHECK_FIRST = _("Check in the conversation whether it arrived before you send it again.")
FIX_TEMPLATE = _("Ask an administrator to correct the template, or choose another one.")
REPORT_BUG = _("Write it in another way; if that fails too, tell your administrator the error code.")
CALL_INSTEAD = _("Reach the person another way, for example by phone.")

SENDING = [
    (
        (0, 190),
        _("WhatsApp no longer accepts this channel's access token."),
        _("Ask an administrator to connect the channel again."),
        REAUTHORISE,
    ),
    (
        (3, 10, *range(200, 300), 131005),
        _("The channel is not allowed to do this at WhatsApp."),
        _("Ask an administrator to connect the channel again with all permissions."),
        REAUTHORISE,
    ),
    ((1, 131000), _("WhatsApp had a problem it did not explain."), CHECK_FIRST, UNCERTAIN),
    ((2, 131016), _("WhatsApp was not available for a moment."), CHECK_FIRST, UNCERTAIN),
    ((4, 80007), _("The clinic has made too many requests to WhatsApp."), WAIT, RETRY),
    ((130429,), _("Messages were sent faster than WhatsApp allows for this number."), WAIT, RETRY),
    ((131056,), _("Too many messages went to this person in a short time."), WAIT, RETRY),
    ((131057, 2494100), _("WhatsApp is working on this number."), WAIT, RETRY),
    ((33,), _("This number no longer exists at WhatsApp."), ASK_ADMIN, LATER),
    ((100, 131008, 131009, 135000), _("WhatsApp did not accept a part of this message."), REPORT_BUG, NEVER),
    (
        (368,),
        _("WhatsApp has blocked the clinic for a while because of its rules."),
        _("Ask an administrator to read WhatsApp's notice; sending works again when the block ends."),
        LATER,
    ),
    (
        (130403,),
        _("The clinic has blocked this person."),
        _("Unblock the person, then send it again."),
        LATER,
    ),
    ((130472,), _("WhatsApp keeps this person out of marketing messages for a test."), CALL_INSTEAD, NEVER),
    ((130497,), _("The clinic may not write to people in this country on WhatsApp."), CALL_INSTEAD, NEVER),
    ((131021,), _("This is the clinic's own number."), _("Check the number of the contact."), NEVER),
    (
        (131026,),
        _("The message could not be delivered: the person may not use WhatsApp, or not a recent version."),
        CALL_INSTEAD,
        NEVER,
    ),
    (
        (131030,),
        _("A test number can only write to numbers on its list."),
        _("Ask an administrator to add the number to the list at Meta."),
        LATER,
    ),
    (
        (131031,),
        _("WhatsApp has locked the clinic's business account."),
        _("Ask an administrator to look at the account in WhatsApp Manager."),
        LATER,
    ),
    (
        (131035, 131036),
        _("WhatsApp could not hand over this message in time and keeps no copy."),
        _("Ask the person to send it again."),
        NEVER,
    ),
    ((131037,), _("WhatsApp has not approved the name of this number yet."), ASK_ADMIN, LATER),
    (
        (131042, 131044),
        _("WhatsApp has no valid payment method for the clinic."),
        _("Ask an administrator to check the payment method in WhatsApp Manager."),
        LATER,
    ),
    ((131045,), _("This number is not registered correctly at WhatsApp."), ASK_ADMIN, LATER),
    (
        (131047,),
        _("More than 24 hours have passed since the person last wrote."),
        _("Send a template; once the person answers, you can write freely again."),
        ErrorClass.WINDOW_CLOSED,
    ),
    (
        (131048,),
        _("WhatsApp limits this number because people blocked or reported its messages."),
        _("Send less for now, and ask an administrator to look at the number's quality."),
        LATER,
    ),
    (
        (131049,),
        _("WhatsApp chose not to deliver this to keep people from receiving too many offers."),
        _("Wait at least a day before you send offers to this person again."),
        LATER,
    ),
    (
        (131050,),
        _("The person does not want marketing messages from the clinic."),
        _("Do not send offers to this person. Answers and appointment messages still work."),
        ErrorClass.OPTED_OUT,
    ),
    (
        (131051,),
        _("WhatsApp does not support this kind of message here."),
        _("Send it in another form, for example as text."),
        NEVER,
    ),
    (
        (131052,),
        _("The file the person sent could not be fetched."),
        _("Ask the person to send it again."),
        NEVER,
    ),
    (
        (131053,),
        _("WhatsApp did not accept the file: its type, its size or its format."),
        _("Save it in another format or make it smaller, then send it again."),
        NEVER,
    ),
    ((131055, 134100), _("Only marketing templates can be sent this way."), FIX_TEMPLATE, NEVER),
    (
        (131060,),
        _("This message can only be seen on the clinic's phone."),
        _("Open the conversation in the WhatsApp app on the clinic's phone."),
        NEVER,
    ),
    (
        (131062,),
        _("This message needs the person's phone number, which is not known."),
        _("Ask the person for their number first."),
        NEVER,
    ),
    ((131063,), _("Marketing messages are switched off for this channel at WhatsApp."), ASK_ADMIN, LATER),
    (
        (131064,),
        _("WhatsApp limits the clinic because of wrongly categorised templates."),
        FIX_TEMPLATE,
        LATER,
    ),
    (
        (137000,),
        _("The person's WhatsApp changed: a new phone, or somebody else has the number now."),
        _("Make sure who they are, for example by a call, before you send anything private."),
        LATER,
    ),
    (
        (138000, *range(138001, 138024)),
        _("The call or the request to call was not possible."),
        CALL_INSTEAD,
        NEVER,
    ),
]

TEMPLATES = [
    (
        (132000, 132008, 132012, 132018),
        _("The values filled into the template do not fit it."),
        _("Fill in the fields again, without line breaks; if it fails again, refresh the templates."),
        NEVER,
    ),
    (
        (132001,),
        _("This template does not exist in this language, or is not approved."),
        _("Refresh the templates, or choose another one."),
        LATER,
    ),
    ((132005,), _("With its values filled in the template is too long."), _("Use shorter values."), NEVER),
    ((132007,), _("The template's text breaks WhatsApp's rules."), FIX_TEMPLATE, NEVER),
    (
        (132015,),
        _("WhatsApp has paused this template because people disliked it."),
        _("Use another template until WhatsApp allows this one again."),
        LATER,
    ),
    ((132016,), _("WhatsApp has switched this template off for good."), FIX_TEMPLATE, NEVER),
    (
        (132068, 132069),
        _("The form in this message is blocked or slowed down by WhatsApp."),
        _("Send it as a normal message; ask an administrator to look at the form."),
        LATER,
    ),
    ((134101,), _("WhatsApp is still preparing this template."), _("Try again in ten minutes."), LATER),
    ((134102,), _("This template cannot be used for marketing messages."), FIX_TEMPLATE, NEVER),
    (
        (139200,),
        _("WhatsApp does not allow this clinic to send messages without a template."),
        _("Use a template."),
        LATER,
    ),
    (
        (2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299),
        _("The template's text breaks one of WhatsApp's rules of form."),
        FIX_TEMPLATE,
        NEVER,
    ),
    ((2388318, 2388330), _("This template was made by WhatsApp and cannot be changed."), FIX_TEMPLATE, NEVER),
]

SETTING_UP = [
    (
        (133000, 133006, 133009, 133010, 133015),
        _("This number is not (or not yet) registered at WhatsApp."),
        ASK_ADMIN,
        LATER,
    ),
    (
        (133004,),
        _("WhatsApp's registration was not available for a moment."),
        _("Try again in a few minutes."),
        RETRY,
    ),
    (
        (133005, 133008),
        _("The two-step PIN of this number was wrong, or tried too often."),
        _("Check the PIN in WhatsApp Manager before you try again."),
        LATER,
    ),
    (
        (133016,),
        _("This number was registered too often. WhatsApp has locked it for 72 hours."),
        _("Wait three days, then try again."),
        LATER,
    ),
    ((134011,), _("The terms for payments on WhatsApp are not accepted."), ASK_ADMIN, LATER),
    (
        (136024, 136025),
        _("WhatsApp could not send or check the verification code."),
        _("Wait a little and ask for a new code."),
        LATER,
    ),
    ((131059,), _("The list changed while it was being read."), _("Start again from the beginning."), LATER),
    (range(139000, 139005), _("The form could not be saved at WhatsApp."), ASK_ADMIN, NEVER),
    (
        range(139100, 139104),
        _("WhatsApp could not block or unblock everybody on the list."),
        _("Try again with the people who are left."),
        LATER,
    ),
    (range(147001, 147006), _("WhatsApp did not accept the username."), _("Choose another username."), NEVER),
    (
        (2494191,),
        _("Another service answers in this conversation and does not hand it over."),
        ASK_ADMIN,
        NEVER,
    ),
    (
        (2593107, 2593108),
        _("The phone's contacts and messages can no longer be fetched."),
        _("Disconnect the number in the WhatsApp app and connect it again."),
        LATER,
    ),
    (
        (2593109,),
        _("The clinic chose not to share the phone's history."),
        _("To change that, disconnect the number in the WhatsApp app and connect it again."),
        NEVER,
    ),
    ((1752041,), _("The change was already asked for."), _("Wait until WhatsApp has answered."), LATER),
]

# Ours: what happened on the way, where there is no code of WhatsApp's.
WAY = [
    (("unreachable",), _("WhatsApp could not be reached."), WAIT, RETRY),
    (("interrupted",), _("The connection to WhatsApp broke off before it answered."), CHECK_FIRST, UNCERTAIN),
    (("unreadable",), _("WhatsApp answered in a way that could not be understood."), CHECK_FIRST, UNCERTAIN),
    (("refused",), _("The channel's address was not that of WhatsApp."), ASK_ADMIN, LATER),
]

CATALOGUE = {
    str(code): (cause, next_step, error_class)
    for codes, cause, next_step, error_class in (*SENDING, *TEMPLATES, *SETTING_UP, *WAY)
    for code in codes
}

# Seconds to wait before a retry, where WhatsApp tells no time itself.
PAUSES = {
    "4": 300,
    "80007": 300,
    "130429": 2,
    "131056": 6,
    "131057": 60,
    "2494100": 60,
    "133004": 60,
    "unreachable": 5,
}
