"""Our own record of Data Exchange's export jobs."""

from dataclasses import dataclass
from datetime import datetime

from analytics.models import ExportJob


@dataclass(frozen=True)
class Record:
    """Keeps what `analytics.sources.data_exchange.Jobs` asks for, in the portal's database."""

    now: datetime

    def running(self, data_set: str, revision: str) -> str:
        """Will give the job that hasn't ended, as far as we know."""
        found = ExportJob.objects.filter(data_set=data_set, revision=revision, ended_at=None).first()
        return found.job_id if found else ""

    def begin(self, data_set: str, revision: str, job_id: str) -> None:
        """Will write a job down. Raises IntegrityError while another one of the revision runs."""
        ExportJob.objects.create(data_set=data_set, revision=revision, job_id=job_id, made_at=self.now)

    def end(self, job_id: str, state: str) -> None:
        """Will write down how a job ended."""
        ExportJob.objects.filter(job_id=job_id).update(ended_at=self.now, state=state)
