// The inbox's own script: every part works on its own and without the others.
import "./navigate.js";
import "./toasts.js";
import "./menus.js";
import "./picker.js";
import "./reply_dialog.js";
import "./theme.js";
import "./live_list.js";
import "./live_rail.js";
import "./bulk.js";
import "./swipe.js";
import "./shortcuts.js";
import "./palette.js";
import "./notifications.js";
