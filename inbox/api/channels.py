"""Channels and templates: read only. Numbers are connected in the settings."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from integrations.models import Channel, Template

from . import pages
from .shapes import ChannelShape, TemplateShape, page_of


class TemplateQuery(pages.PageQuery):
    business_id = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    status = serializers.CharField(required=False)
    language = serializers.CharField(required=False)


@extend_schema(operation_id="list_channels", responses=page_of(ChannelShape), parameters=pages.PARAMETERS)
@api_view(["GET"])
def channels(request):
    """The clinic's channels."""
    query = pages.read_query(pages.PageQuery, request)
    return pages.respond(Channel.objects.all(), "created_at", query, ChannelShape)


@extend_schema(operation_id="get_channel", responses=ChannelShape)
@api_view(["GET"])
def channel(request, pk):
    """One channel."""
    return Response(ChannelShape(get_object_or_404(Channel, pk=pk)).data)


@extend_schema(
    operation_id="list_templates",
    responses=page_of(TemplateShape),
    parameters=[
        *pages.PARAMETERS,
        *(OpenApiParameter(name, str) for name in ("business_id", "name", "status", "language")),
    ],
)
@api_view(["GET"])
def templates(request):
    """Message templates as the provider last told of them."""
    query = pages.read_query(TemplateQuery, request)
    filters = {name: query[name] for name in ("business_id", "name", "status", "language") if name in query}
    told = Template.objects.filter(**filters).exclude(status=Template.DRAFT)
    return pages.respond(told, "synced_at", query, TemplateShape)
