"""The notebooks' addresses. JupyterLab itself answers below /jupyter/, through HAProxy."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from notebooks.views import launch, publishing, runs, shared


class NotebookConverter(StringConverter):
    """The name of a notebook that comes along, or of one in a person's folder: ~ana/analysis.ipynb."""

    regex = r"[-\w]+|~[\w.@+-]+/.+\.ipynb"


register_converter(NotebookConverter, "notebook")
app_name = "notebooks"
urlpatterns = [
    path("notebooks/", launch.page, name="page"),
    path("notebooks/start/", launch.start, name="start"),
    path("notebooks/ask/<str:token>/", launch.ask_again, name="ask_again"),
    path("notebooks/stop/", launch.stop, name="stop"),
    path("notebooks/enter/<int:slot>/", launch.enter, name="enter"),
    path("notebooks/whoami", launch.whoami, name="whoami"),
    path("notebooks/runs/", runs.listed, name="runs"),
    path("notebooks/runs/new/<notebook:name>/", runs.form, name="run_form"),
    path("notebooks/runs/new/<notebook:name>/run/", runs.run, name="run_notebook"),
    path("notebooks/runs/<str:token>/", runs.one, name="run"),
    path("notebooks/runs/<str:token>/content/", runs.content, name="run_content"),
    path("notebooks/runs/<str:token>/cancel/", runs.cancel, name="cancel_run"),
    path("notebooks/runs/<str:token>/share/", shared.share, name="share"),
    path("notebooks/schedules/<int:number>/stop/", runs.stop, name="stop_schedule"),
    path("notebooks/shares/<int:number>/withdraw/", shared.withdraw, name="withdraw_share"),
    path("notebooks/shared/<str:link>/", shared.page, name="shared"),
    path("notebooks/shared/<str:link>/content/", shared.content, name="shared_content"),
    path("notebooks/pages/<str:token>/", runs.page, name="published"),
    path("notebooks/pages/<str:token>/figure/", runs.figure, name="page_figure"),
    path("notebooks/pages/<str:token>/withdraw/", runs.withdraw, name="withdraw_page"),
    path("api/v1/notebooks/pages/", publishing.Pages.as_view(), name="pages"),
]
