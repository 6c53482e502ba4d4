// A new clinic is most likely where its first person sits.
const field = document.getElementById("id_time_zone");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (field?.value === "UTC" && [...field.options].some((option) => option.value === here)) field.value = here;
