"""Files: uploaded before the message that carries them, and read back from messages."""

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, parser_classes
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from clinic_inbox.api.parsing import Strict
from clinic_inbox.api.problems import Unprocessable
from clinic_inbox.tenancy import clinic_scope
from clinics import audit
from clinics.middleware import outside_clinic
from integrations.events import Invalid, Kind
from integrations.models import Channel

from .. import machines
from ..models import Attachment
from ..operations import uploading
from ..serving import serve
from .drafts import MEDIA
from .shapes import AttachmentShape


class Upload(Strict):
    """A file, the channel it will be sent on, and how it is to be sent if not as its type suggests."""

    channel = serializers.UUIDField()
    file = serializers.FileField()
    kind = serializers.ChoiceField(MEDIA, required=False)

    def validate_channel(self, pk):
        channel = Channel.objects.filter(pk=pk).first()
        if channel is None:
            raise serializers.ValidationError(_("There is no channel with this id."))
        return channel


@transaction.non_atomic_requests
@outside_clinic
@extend_schema(operation_id="upload_attachment", request=Upload, responses={201: AttachmentShape})
@api_view(["POST"])
@parser_classes([MultiPartParser])
def attachments(request):
    """Upload a file to send. It is deleted after a day when no message carries it."""
    clinic_id = request.auth.clinic_id
    given = Upload(data=request.data)
    with clinic_scope(clinic_id):
        given.is_valid(raise_exception=True)
    told = given.validated_data
    kind = Kind(told["kind"]) if "kind" in told else None
    try:
        with uploading.prepare(told["file"], kind) as ready, clinic_scope(clinic_id):
            attachment = uploading.take(told["channel"], ready, by=request.auth)
            audit.record("attachment.uploaded", actor=request.auth.name, target=attachment)
            shape = AttachmentShape(attachment).data
    except Invalid as problem:
        raise Unprocessable(str(problem), "invalid_file") from problem
    return Response(shape, status=201)


@extend_schema(operation_id="get_attachment", responses=AttachmentShape)
@api_view(["GET"])
def attachment(request, pk):
    """What is known of one file."""
    row = get_object_or_404(machines.files_of_machine(request.auth), pk=pk)
    audit.record_reading("attachment.described", actor=request.auth.name, target=row)
    return Response(AttachmentShape(row).data)


@extend_schema(
    operation_id="download_attachment", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
)
@api_view(["GET"])
def file(request, pk):
    """The file itself. Each download is in the audit log."""
    row = get_object_or_404(machines.files_of_machine(request.auth), pk=pk, state=Attachment.State.STORED)
    audit.record("attachment.opened", actor=request.auth.name, target=row)
    return serve(request, row.file, row.content_type, row.filename)
