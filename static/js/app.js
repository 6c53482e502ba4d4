import "./menus.js";
import "./dialogs.js";
import "./toasts.js";
import "./themes.js";
import "./shell.js";
