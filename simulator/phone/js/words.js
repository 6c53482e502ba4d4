// One line that tells what a message is, for lists and quotes.

const NAMES = {
  image: "Photo", video: "Video", audio: "Voice note", document: "Document", sticker: "Sticker", location: "Location",
  contacts: "Contact", order: "Order", unsupported: "Unsupported message", unknown: "Unknown message",
};

export function summary(message) {
  const content = message.content || {};
  if (message.revoked) return "Deleted";
  if (message.rendered) return message.rendered.body;
  if (message.type === "text") return content.body;
  if (message.type === "button") return content.text;
  if (message.type === "interactive") return interactiveSummary(content);
  if (message.type === "contacts") return content[0]?.name?.formatted_name || "Contact";
  return content.caption || content.filename || content.name || NAMES[message.type] || message.type;
}

function interactiveSummary(content) {
  const reply = content.button_reply || content.list_reply;
  if (reply) return reply.title;
  if (content.nfm_reply) return "Form answered";
  if (content.call_permission_reply) return content.call_permission_reply.response === "accept" ? "Calls allowed" : "Calls not allowed";
  return content.body?.text || "Message with choices";
}
