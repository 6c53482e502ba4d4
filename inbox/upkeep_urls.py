from django.urls import path

from .views import erasing, patient_fields, rates, upkeep

app_name = "upkeep"
urlpatterns = [
    path("health/", upkeep.health, name="health"),
    path("health/replay/", upkeep.replay, name="replay"),
    path("retention/", upkeep.retention, name="retention"),
    path("erasures/", erasing.erasures, name="erasures"),
    path("erasures/<uuid:pk>/", erasing.erase, name="erase"),
    path("rates/", rates.rates, name="rates"),
    path("rates/countries/", rates.country, name="rate_country"),
    path("patient-fields/", patient_fields.fields, name="fields"),
    path("patient-fields/create/", patient_fields.create, name="create_field"),
    path("patient-fields/<uuid:pk>/", patient_fields.change, name="change_field"),
    path("patient-fields/<uuid:pk>/move/", patient_fields.move, name="move_field"),
    path("patient-fields/<uuid:pk>/delete/", patient_fields.delete, name="delete_field"),
]
