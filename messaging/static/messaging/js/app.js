// The inbox's own script: every part works on its own and without the others.
import "./core/navigate.js";
import "./core/toasts.js";
import "./page/menus.js";
import "./core/picker.js";
import "./core/select_picker.js";
import "./composer/saved_reply_dialog.js";
import "./page/theme.js";
import "./list/live_rows.js";
import "./list/live_counts.js";
import "./list/bulk.js";
import "./list/bulk_labels.js";
import "./list/swipe.js";
import "./page/shortcuts.js";
import "./page/palette.js";
import "./page/notifications.js";
