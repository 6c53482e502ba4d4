// What every page has; the inbox itself adds inbox.js.
import "./menus.js";
import "./dialogs.js";
import "./toasts.js";
import "./themes.js";
import "./shell.js";
import "./leaving.js";
import "./keys.js";
import "./palette.js";
import "./key_settings.js";
import "./wrong.js";
import "./speed.js";
