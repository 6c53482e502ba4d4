// The inbox: one small module per behaviour; each binds by data-* on the document, so it survives swaps.
import "./list.js";
import "./thread.js";
import "./composer.js";
import "./uploads.js";
import "./replies.js";
import "./reactions.js";
import "./template_picker.js";
import "./drafts.js";
import "./voice.js";
import "./lightbox.js";
import "./panel.js";
import "./clocks.js";
import "./keys.js";
import "./swipe.js";
import "./alerts.js";
import "./live.js";
