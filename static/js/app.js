import "./menus.js";
import "./dialogs.js";
import "./toasts.js";
import "./themes.js";
import "./shell.js";
import "./keys.js";
import "./palette.js";
import "./key_settings.js";
