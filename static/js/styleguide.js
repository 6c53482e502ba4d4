// The previews of templates in the styleguide, drawn as the page of a template draws them.
import { draw } from "./template_preview.js";

for (const bubble of document.querySelectorAll("[data-guide-preview]")) draw(bubble, JSON.parse(bubble.dataset.guidePreview));
